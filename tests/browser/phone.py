"""A customer at the sandbox's phone page."""

import secrets

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.back_office import pictures_wanted, take_picture

# The shop learns of a payment by a notice and of a delivery by a callback: seconds, at most.
DELIVERY_MS = 60_000


class Phone:
    """The phone page in a window of its own, logged in as a new customer, in English.

    :param context: a browser context whose base address is the sandbox's
    """

    def __init__(self, context: BrowserContext, language: str = 'en'):
        self.openid = f'oBrowser{secrets.token_hex(10)}'
        self.problems: list[str] = []
        context.add_init_script(f"localStorage.setItem('sandbox.language', '{language}')")
        self.page: Page = context.new_page()
        self.page.on('pageerror', lambda error: self.problems.append(str(error)))
        self.page.on(
            'response',
            lambda answer: (
                answer.status >= 400 and self.problems.append(f'{answer.url}: HTTP {answer.status}')
            ),
        )
        self.page.goto('/phone')
        self.log_in()

    def at(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def log_in(self) -> None:
        # The page logs its last user in by itself: let it finish.
        self.page.wait_for_load_state('networkidle')
        self.at('tab-me').click()
        self.at('openid-input').fill(self.openid)
        self.at('login-button').click()
        expect(self.at('toast')).to_be_visible()
        expect(self.at('login-state')).to_have_attribute('data-state', 'in')

    def choose(
        self, number: str, country: str = 'TH', kind: str = 'airtime', package: str = ''
    ) -> None:
        """Choose country, kind and the first package (of that name), and type the number."""
        self.at('tab-shop').click()
        self.at(f'country-{country}').click()
        expect(self.at(f'country-{country}')).to_have_attribute('aria-pressed', 'true')
        self.at(f'kind-{kind}').click()
        self.at('phone-input').fill(number)
        expect(self.at('lookup-result')).not_to_be_empty()
        self.at('packages').locator('button:not([disabled])', has_text=package).first.click()
        expect(self.at('order-button')).to_be_enabled()

    def use_best_coupons(self) -> str:
        """Choose what the shop suggests, and return what the order costs then."""
        self.at('coupon-choice').select_option(index=1)
        expect(self.at('deal-coupon')).to_be_visible()
        return self.at('order-price').inner_text()

    def order(self) -> str:
        """Order what is chosen and return the order's number; the payment sheet is open then."""
        self.at('order-button').click()
        expect(self.at('pay-sheet')).to_be_visible()
        self.at('orders').locator('[data-order]').first.wait_for()
        return self.newest()

    def newest(self) -> str:
        """Return the number of the newest order."""
        return self.at('orders').locator('[data-order]').first.get_attribute('data-order') or ''

    def expect_state(self, order_no: str, state: str) -> None:
        card = self.at(f'order-{order_no}')
        expect(card).to_have_attribute('data-state', state, timeout=DELIVERY_MS)

    def take_picture(self, name: str) -> None:
        """Take a picture that shows no passing note."""
        if pictures_wanted():
            expect(self.at('toast')).to_be_hidden()
            take_picture(self.page, name)
